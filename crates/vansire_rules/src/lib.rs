//! vansire_rules
