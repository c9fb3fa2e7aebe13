use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "file-checked-then-used",
        summary: "A file is looked at and then used under the same name",
        severity: Severity::Low,
        cwe: 367,
        owasp: "A04:2021",
        area: "files",
        aliases: &[],
        page: include_str!("file-checked-then-used.md"),
    },
    sinks: &[],
};
