"""TSPL/TSPL2, after the model of a TSC desktop printer."""
