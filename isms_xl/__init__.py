"""Check and keep the interested-parties register of ISO/IEC 27001:2022 clause 4.2 in Excel."""

__version__ = "0.1.0"
