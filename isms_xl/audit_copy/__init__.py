"""The audit copy: a register as a workbook for reading and printing, that can be verified later."""

from isms_xl.audit_copy.building import AuditCopy, build_audit_copy

__all__ = ["AuditCopy", "build_audit_copy"]
