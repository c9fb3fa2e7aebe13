//! vansire
fn main() {}
