//! `cargo xtask schema`: writes the generated JSON Schema where readers find it. A test of
//! `vansire_report` fails while the file is out of date.

use anyhow::Context;

pub fn run() -> anyhow::Result<()> {
    let path = crate::workspace().join("crates/vansire_report/schemas/report-1.json");
    std::fs::write(&path, vansire_report::json::schema()).with_context(|| path.display().to_string())
}
