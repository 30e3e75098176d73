"""Draws waybill labels as 1-bit pages and turns pages into printer languages.

`render.render` makes a `Page` out of a `LabelRequest`, `zpl.encode` makes a `Document` out of a `Page`; both are pure,
top-level and picklable, so that the host can run them in a worker process. `plugin.plugin` registers them.
"""
