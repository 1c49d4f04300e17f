/* Loops that are compiled for several processors. */
#pragma once

/* The C library picks one when the extension is loaded. */
#if defined (__x86_64__) && defined (__gnu_linux__) && defined (__GLIBC__)
#define FOR_EACH_PROCESSOR __attribute__ ((target_clones ("avx512f", "avx2", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif
