/* DeepStream's shared enumerations: see enums.h. */
#include "enums.h"

#include "flip.h"

GType
pt_memory_type_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    {0, "Default memory", "nvbuf-mem-default"},
    {1, "Pinned CUDA memory", "nvbuf-mem-cuda-pinned"},
    {2, "Device CUDA memory", "nvbuf-mem-cuda-device"},
    {3, "Unified CUDA memory", "nvbuf-mem-cuda-unified"},
    {4, "Surface array memory (Jetson)", "nvbuf-mem-surface-array"},
    {0, NULL, NULL}
  };
  return pt_enum_type (&once, "PythiagsMemoryType", values);
}

GType
pt_compute_hw_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    {0, "Default: GPU, or VIC on Jetson", "Default"},
    {1, "GPU", "GPU"},
    {2, "VIC (Jetson)", "VIC"},
    {0, NULL, NULL}
  };
  return pt_enum_type (&once, "PythiagsComputeHw", values);
}

GType
pt_interpolation_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    {PT_INTER_NEAREST, "Nearest", "Nearest"},
    {PT_INTER_BILINEAR, "Bilinear", "Bilinear"},
    {PT_INTER_ALGO1, "Cubic", "Algo-1"},
    {PT_INTER_ALGO2, "Super-sampling", "Algo-2"},
    {PT_INTER_ALGO3, "Lanczos", "Algo-3"},
    {PT_INTER_ALGO4, "Nicest", "Algo-4"},
    {PT_INTER_DEFAULT, "Nearest", "Default"},
    {0, NULL, NULL}
  };
  return pt_enum_type (&once, "PythiagsInterpolationMethod", values);
}

GType
pt_flip_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    {PT_FLIP_NONE, "Identity (no rotation)", "none"},
    {PT_FLIP_COUNTERCLOCKWISE, "Rotate counter-clockwise 90 degrees", "counterclockwise"},
    {PT_FLIP_ROTATE_180, "Rotate 180 degrees", "rotate-180"},
    {PT_FLIP_CLOCKWISE, "Rotate clockwise 90 degrees", "clockwise"},
    {PT_FLIP_HORIZONTAL, "Flip horizontally", "horizontal-flip"},
    {PT_FLIP_UPPER_RIGHT_DIAGONAL, "Flip across the upper right/lower left diagonal",
        "upper-right-diagonal"},
    {PT_FLIP_VERTICAL, "Flip vertically", "vertical-flip"},
    {PT_FLIP_UPPER_LEFT_DIAGONAL, "Flip across the upper left/lower right diagonal",
        "upper-left-diagonal"},
    {0, NULL, NULL}
  };
  return pt_enum_type (&once, "PythiagsFlipMethod", values);
}
