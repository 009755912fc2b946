"""The help of the arguments that verbs share; a verb whose argument is another thing says so in its own docstring."""

from __future__ import annotations

SHARED: dict[str, str] = {
    "channel": "Of a colour image: mean, or the name or number of one channel.",
    "ci": "Confidence level of intervals, 0.95 say.",
    "column": "Which column of a table, or variable of a Dataset; the only one, if none is named.",
    "columns": "Which columns of a table, or variables of a Dataset; all of numbers, if none is named.",
    "connectivity": "Of the void: 4 or 8 in a plane; 6, 18 or 26 in space.",
    "conservative": "Take the smallest of three estimates of how many independent values a series is worth.",
    "data": "A table (.csv, .json, .nc, .zarr, .parquet), a variable, or the name of a series: that of --store or of the engine.",
    "dim": "Along which dim the samples lie: time, or the only one, if none is named; image says that rows are in no order.",
    "dims": "The spatial dims; those of z, y, x that are there.",
    "every": "Of a series of a store: the means of windows this long, 1min say.",
    "force": "Replace the output if it is there.",
    "image": "A grey image: a variable, a path, or the name of a sample.",
    "level": "Confidence level of the intervals.",
    "mask": "A mask, True where it is empty; or a grey image, and `method` says how to make the mask.",
    "method": "Make the mask first: a threshold, or otsu, li, ... as in `void`.",
    "output": "Write the results: .nc or .zarr keep everything; .csv and .json have one row a number.",
    "over": "With `method`: one threshold for each frame, or for the series.",
    "phase": "With `method`: which side of the threshold is empty.",
    "seed": "Of the bootstrap behind the intervals.",
    "since": "Only from this time on, with its zone: 2026-11-26T12:00:00Z.",
    "spacing": "Distance between pixels, one for all spatial dims or one for each.",
    "store": "Where the samples are: a folder, or a variable that holds a store; that of the running engine, if none is named.",
    "tags": "Of a series of a store: which, where several have one name: line=3.",
    "tz": "Zone of times that have none, also of --since and --until, and in which those of a text are shown: Europe/Berlin.",
    "unit": "Unit of the spacing, which needs one: um, mm, ..., pixel; without a spacing, lengths are converted.",
    "until": "Only before this time, with its zone.",
    "variable": "Which one, in a file or Dataset that holds several.",
}
