use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "predictable-temporary-file",
        summary: "A file is written in a shared folder under a name that others know",
        severity: Severity::Low,
        cwe: 379,
        owasp: "A01:2021",
        area: "files",
        aliases: &["B108", "S108"],
        page: include_str!("predictable-temporary-file.md"),
    },
    sinks: &[],
};
