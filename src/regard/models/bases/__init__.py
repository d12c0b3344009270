"""One file a published model without regions, on which region designs are trained."""
