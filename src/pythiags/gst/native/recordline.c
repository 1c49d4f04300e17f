/* A line of a recording as portable metadata: see recordline.h. */
#include "recordline.h"

#include <string.h>

/* Each function below returns FALSE at what it does not take, and leaves the cursor anywhere. */
typedef struct { const char *at, *end; } Cursor;

static void
skip_space (Cursor * self)
{
  while (self->at < self->end && (*self->at == ' ' || *self->at == '\t' || *self->at == '\r'
          || *self->at == '\n'))
    self->at++;
}

static gboolean
take (Cursor * self, char character)
{
  skip_space (self);
  if (self->at == self->end || *self->at != character)
    return FALSE;
  self->at++;
  return TRUE;
}

/* ---- texts: those without escapes ---- */

typedef struct { const char *start; gsize size; } Word;

static gboolean
take_word (Cursor * self, Word * word)
{
  if (!take (self, '"'))
    return FALSE;
  const char *start = self->at;
  gboolean plain = TRUE;
  for (; self->at < self->end && *self->at != '"'; self->at++) {
    if (*self->at == '\\' || (guchar) *self->at < 0x20)
      return FALSE;
    plain &= (guchar) *self->at < 0x80;
  }
  if (self->at == self->end)
    return FALSE;
  *word = (Word) { start, self->at++ - start };
  return plain || g_utf8_validate (start, word->size, NULL);
}

static gboolean
is_word (const Word * word, const char *name)
{
  return strlen (name) == word->size && !memcmp (word->start, name, word->size);
}

static gboolean
take_label (Cursor * self, char *label)
{
  Word word;
  char text[4 * PT_MAX_LABEL];
  if (!take_word (self, &word) || word.size >= sizeof text)
    return FALSE;
  memcpy (text, word.start, word.size);
  text[word.size] = '\0';
  pt_set_label (label, text);
  return TRUE;
}

/* ---- numbers: those without an exponent ---- */

#define MOST_DIGITS 15               /* of a number whose digits are a double, exactly */

typedef struct { gboolean negative; guint64 digits; guint count, fraction; } Number;

static gboolean
take_digits (Cursor * self, Number * number)
{
  const char *start = self->at;
  for (; self->at < self->end && g_ascii_isdigit (*self->at); self->at++) {
    const guint digit = (guint) (*self->at - '0');
    if (number->digits > (G_MAXUINT64 - digit) / 10)
      return FALSE;
    number->digits = number->digits * 10 + digit;
    number->count++;
  }
  return self->at > start;
}

static gboolean
take_number (Cursor * self, Number * number)
{
  *number = (Number) {.negative = take (self, '-') };
  const char *start = self->at;
  if (!take_digits (self, number) || (*start == '0' && self->at - start > 1))
    return FALSE;
  if (self->at < self->end && *self->at == '.') {
    const guint whole = number->count;
    self->at++;
    if (!take_digits (self, number))
      return FALSE;
    number->fraction = number->count - whole;
  }
  return self->at < self->end && *self->at != 'e' && *self->at != 'E';
}

static gboolean
take_whole (Cursor * self, gint64 low, gint64 high, gint64 * to)
{
  Number number;
  if (!take_number (self, &number) || number.fraction || number.digits > G_MAXINT64)
    return FALSE;
  *to = number.negative ? -(gint64) number.digits : (gint64) number.digits;
  return *to >= low && *to <= high;
}

static gboolean
take_uint64 (Cursor * self, guint64 * to)
{
  Number number;
  if (!take_number (self, &number) || number.fraction || number.negative)
    return FALSE;
  *to = number.digits;
  return TRUE;
}

static gboolean
take_int (Cursor * self, gint * to)
{
  gint64 number;
  if (!take_whole (self, G_MININT32, G_MAXINT32, &number))
    return FALSE;
  *to = (gint) number;
  return TRUE;
}

static gboolean
take_uint (Cursor * self, guint * to)
{
  gint64 number;
  if (!take_whole (self, 0, G_MAXUINT32, &number))
    return FALSE;
  *to = (guint) number;
  return TRUE;
}

/* Both the digits and the power of ten are doubles, exactly, so that the quotient is rounded as it must be. */
static gboolean
take_double (Cursor * self, double *to)
{
  static const double powers[] = {
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15
  };
  Number number;
  if (!take_number (self, &number) || number.count > MOST_DIGITS)
    return FALSE;
  const double value = (double) number.digits / powers[number.fraction];
  *to = number.negative && number.digits ? -value : value;
  return TRUE;
}

static gboolean
take_float (Cursor * self, float *to)
{
  double value;
  if (!take_double (self, &value))
    return FALSE;
  *to = (float) value;
  return TRUE;
}

static gboolean
take_box (Cursor * self, PtBbox * box)
{
  return take (self, '[') && take_float (self, &box->left) && take (self, ',')
      && take_float (self, &box->top) && take (self, ',') && take_float (self, &box->width)
      && take (self, ',') && take_float (self, &box->height) && take (self, ']');
}

static gboolean
take_color (Cursor * self, PtColor * color)
{
  return take (self, '[') && take_double (self, &color->red) && take (self, ',')
      && take_double (self, &color->green) && take (self, ',') && take_double (self, &color->blue)
      && take (self, ',') && take_double (self, &color->alpha) && take (self, ']');
}

/* ---- what has fields, and lists ---- */

typedef gboolean (*TakeField) (Cursor * self, const Word * name, gpointer data);
typedef gboolean (*TakeItem) (Cursor * self, gpointer data);

static gboolean
take_fields (Cursor * self, TakeField take_field, gpointer data)
{
  if (!take (self, '{'))
    return FALSE;
  if (take (self, '}'))
    return TRUE;
  do {
    Word name;
    if (!take_word (self, &name) || !take (self, ':') || !take_field (self, &name, data))
      return FALSE;
  } while (take (self, ','));
  return take (self, '}');
}

static gboolean
take_items (Cursor * self, TakeItem take_item, gpointer data)
{
  if (!take (self, '['))
    return FALSE;
  if (take (self, ']'))
    return TRUE;
  do {
    if (!take_item (self, data))
      return FALSE;
  } while (take (self, ','));
  return take (self, ']');
}

/* ---- how objects are drawn ---- */

static gboolean
take_rect_field (Cursor * self, const Word * name, gpointer data)
{
  PtRect *rect = data;
  if (is_word (name, "border_width"))
    return take_uint (self, &rect->border_width);
  if (is_word (name, "border_color"))
    return take_color (self, &rect->border_color);
  if (is_word (name, "has_bg_color"))
    return take_uint (self, &rect->has_bg_color);
  if (is_word (name, "bg_color"))
    return take_color (self, &rect->bg_color);
  if (is_word (name, "has_color_info"))
    return take_int (self, &rect->has_color_info);
  return is_word (name, "color_id") && take_int (self, &rect->color_id);
}

typedef struct { PtBatch *batch; PtText *text; } TextOf;

static gboolean
take_text (Cursor * self, PtBatch * batch, const char **to)
{
  Word word;
  if (!take_word (self, &word))
    return FALSE;
  char *text = pt_batch_alloc (batch, word.size + 1);
  memcpy (text, word.start, word.size);
  *to = text;
  return TRUE;
}

static gboolean
take_font_field (Cursor * self, const Word * name, gpointer data)
{
  const TextOf *of = data;
  PtFont *font = &of->text->font_params;
  if (is_word (name, "font_name"))
    return take_text (self, of->batch, &font->font_name);
  if (is_word (name, "font_size"))
    return take_uint (self, &font->font_size);
  return is_word (name, "font_color") && take_color (self, &font->font_color);
}

static gboolean
take_text_field (Cursor * self, const Word * name, gpointer data)
{
  const TextOf *of = data;
  PtText *text = of->text;
  if (is_word (name, "display_text"))
    return take_text (self, of->batch, &text->display_text);
  if (is_word (name, "x_offset"))
    return take_uint (self, &text->x_offset);
  if (is_word (name, "y_offset"))
    return take_uint (self, &text->y_offset);
  if (is_word (name, "font_params"))
    return take_fields (self, take_font_field, data);
  if (is_word (name, "set_bg_clr"))
    return take_int (self, &text->set_bg_clr);
  return is_word (name, "text_bg_clr") && take_color (self, &text->text_bg_clr);
}

/* ---- objects ---- */

typedef struct { PtObject *object; gboolean has_detector; } ObjectOf;

static gboolean
take_bbox (Cursor * self, ObjectOf * of)
{
  PtBbox box;
  if (of->has_detector || !take_box (self, &box))
    return FALSE;                    /* the detector's box counts, wherever it stands */
  of->object->detector_bbox = box;
  of->object->rect_params.left = box.left;
  of->object->rect_params.top = box.top;
  of->object->rect_params.width = box.width;
  of->object->rect_params.height = box.height;
  return TRUE;
}

static gboolean
take_object_field (Cursor * self, const Word * name, gpointer data)
{
  ObjectOf *of = data;
  PtObject *object = of->object;
  if (is_word (name, "obj_label"))
    return take_label (self, object->obj_label);
  if (is_word (name, "class_id"))
    return take_int (self, &object->class_id);
  if (is_word (name, "confidence"))
    return take_float (self, &object->confidence);
  if (is_word (name, "object_id"))
    return take_uint64 (self, &object->object_id);
  if (is_word (name, "unique_component_id"))
    return take_int (self, &object->unique_component_id);
  if (is_word (name, "bbox"))
    return take_bbox (self, of);
  if (is_word (name, "rect_params"))
    return take_fields (self, take_rect_field, &object->rect_params);
  if (is_word (name, "text_params"))
    return take_fields (self, take_text_field, &(TextOf) {object->batch, &object->text_params});
  if (is_word (name, "tracker_confidence"))
    return take_float (self, &object->tracker_confidence);
  if (is_word (name, "tracker_bbox"))
    return take_box (self, &object->tracker_bbox);
  of->has_detector = is_word (name, "detector_bbox");
  return of->has_detector && take_box (self, &object->detector_bbox);
}

static gboolean
take_object (Cursor * self, gpointer frame)
{
  ObjectOf of = {.object = pt_frame_add_object (frame, NULL) };
  return take_fields (self, take_object_field, &of);
}

/* ---- frames ---- */

static gboolean
take_frame_field (Cursor * self, const Word * name, gpointer data)
{
  PtFrame *frame = data;
  if (is_word (name, "objects"))
    return !frame->objects.head && take_items (self, take_object, frame);
  if (is_word (name, "source_id"))
    return take_uint (self, &frame->source_id);
  if (is_word (name, "frame_num"))
    return take_int (self, &frame->frame_num);
  if (is_word (name, "buf_pts"))
    return take_uint64 (self, &frame->buf_pts);
  if (is_word (name, "pad_index"))
    return take_uint (self, &frame->pad_index);
  if (is_word (name, "batch_id"))
    return take_uint (self, &frame->batch_id);
  if (is_word (name, "ntp_timestamp"))
    return take_uint64 (self, &frame->ntp_timestamp);
  if (is_word (name, "source_frame_width"))
    return take_uint (self, &frame->source_frame_width);
  if (is_word (name, "source_frame_height"))
    return take_uint (self, &frame->source_frame_height);
  if (is_word (name, "pipeline_width"))
    return take_uint (self, &frame->pipeline_width);
  if (is_word (name, "pipeline_height"))
    return take_uint (self, &frame->pipeline_height);
  if (is_word (name, "num_surfaces_per_frame"))
    return take_int (self, &frame->num_surfaces_per_frame);
  return is_word (name, "bInferDone") && take_int (self, &frame->bInferDone);
}

static gboolean
take_frame (Cursor * self, gpointer batch)
{
  return take_fields (self, take_frame_field, pt_batch_add_frame (batch));
}

/* ---- the line ---- */

typedef struct { PtBatch *batch; guint64 *pts; gboolean has_frames; } LineOf;

static gboolean
take_line_field (Cursor * self, const Word * name, gpointer data)
{
  LineOf *of = data;
  if (is_word (name, "pts"))
    return take_uint64 (self, of->pts);
  if (!is_word (name, "frames") || of->has_frames)
    return FALSE;
  of->has_frames = TRUE;
  return take_items (self, take_frame, of->batch);
}

PtBatch *
pt_batch_of_line (const char *line, gsize size, guint64 * pts)
{
  Cursor cursor = {.at = line,.end = line + size };
  LineOf of = {.batch = pt_batch_new (0),.pts = pts };
  const gboolean is_whole = size && line[size - 1] == '\n';
  const gboolean done = is_whole && take_fields (&cursor, take_line_field, &of) && of.has_frames;
  skip_space (&cursor);
  if (!done || cursor.at != cursor.end) {
    pt_batch_unref (of.batch);
    return NULL;
  }
  of.batch->max_frames_in_batch = of.batch->num_frames_in_batch;
  return of.batch;
}
