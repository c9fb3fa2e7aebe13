use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "path-traversal",
        summary: "User input decides which file is used, and can lead out of its folder",
        severity: Severity::High,
        cwe: 22,
        owasp: "A01:2021",
        area: "files",
        aliases: &[],
        page: include_str!("path-traversal.md"),
    },
    sinks: &["path"],
};
