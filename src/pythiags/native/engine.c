/* Where nvinfer finds its engine, and what the engine fills: see engine.h. */
#include "engine.h"

static const PtInferEngine *registered;

void
pt_infer_engine_register (const PtInferEngine * engine)
{
  g_atomic_pointer_set (&registered, engine);
}

const PtInferEngine *
pt_infer_engine_get (void)
{
  return g_atomic_pointer_get (&registered);
}

/* ---- results ---- */

static void
clear_box (gpointer data)
{
  g_clear_pointer (&((PtInferBox *) data)->mask.data, g_free);
}

void
pt_infer_results_init (PtInferResults * results)
{
  results->boxes = g_array_new (FALSE, FALSE, sizeof (PtInferBox));
  g_array_set_clear_func (results->boxes, clear_box);
  results->labels = g_array_new (FALSE, FALSE, sizeof (PtInferLabel));
  results->tensors = g_ptr_array_new_with_free_func ((GDestroyNotify) pt_tensors_unref);
  results->maps = g_ptr_array_new_with_free_func ((GDestroyNotify) pt_segmentation_unref);
}

void
pt_infer_results_empty (PtInferResults * results)
{
  g_array_set_size (results->boxes, 0);
  g_array_set_size (results->labels, 0);
  g_ptr_array_set_size (results->tensors, 0);
  g_ptr_array_set_size (results->maps, 0);
}

void
pt_infer_results_clear (PtInferResults * results)
{
  g_clear_pointer (&results->boxes, g_array_unref);
  g_clear_pointer (&results->labels, g_array_unref);
  g_clear_pointer (&results->tensors, g_ptr_array_unref);
  g_clear_pointer (&results->maps, g_ptr_array_unref);
}
