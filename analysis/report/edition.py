"""Edition of the document that a report is made of."""

#: Changed whenever a page of one edition cannot be rendered by the code of another.
EDITION = 2
