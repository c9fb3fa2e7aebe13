//! vansire_mdtest
