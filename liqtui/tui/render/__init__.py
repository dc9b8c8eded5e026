"""Pure renderers: data, size and palette in, rows of coloured text out; no app, no clock."""
