"""Draws waybill labels as 1-bit pages and turns pages into printer languages.

`renderer` makes pages out of a `LabelRequest`, by templates; each module of `languages` makes a `Document` out of a `Page`.
Both are pure and picklable, so that the host can run them in a worker process. `plugin.plugin` registers them.
"""
