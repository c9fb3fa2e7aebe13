use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "world-writable-file",
        summary: "A file is made writable for every user of the machine",
        severity: Severity::Medium,
        cwe: 732,
        owasp: "A01:2021",
        area: "files",
        aliases: &["B103", "S103"],
        page: include_str!("world-writable-file.md"),
    },
    sinks: &[],
};
