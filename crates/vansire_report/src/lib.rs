//! vansire_report
