"""The Excel add-in: built from the texts in `addin/`, put in place and looked after."""
