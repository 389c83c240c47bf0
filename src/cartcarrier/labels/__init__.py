"""From the labels of many shipments to one print job, and the packing slips that go with them.

``merge`` puts labels of any mixture of PDF, PNG and GIF on pages of one PDF, at their real size and without turning text into
pictures, or label printers' own languages into one stream. ``packing_slips`` writes what lies in each parcel; ``interleave`` puts
each slip behind its label. Needs the extra ``cartcarrier[labels]``.
"""

from cartcarrier.labels._merge import Printable, interleave, labels_of, merge
from cartcarrier.labels._sheets import Sheet
from cartcarrier.labels._slips import PackingSlip, SlipWords, packing_slips

__all__ = ["PackingSlip", "Printable", "Sheet", "SlipWords", "interleave", "labels_of", "merge", "packing_slips"]
