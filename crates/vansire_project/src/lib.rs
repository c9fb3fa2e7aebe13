//! vansire_project
