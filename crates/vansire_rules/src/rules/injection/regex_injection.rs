use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "regex-injection",
        summary: "User input becomes part of a regular expression",
        severity: Severity::Medium,
        cwe: 1333,
        owasp: "A03:2021",
        area: "injection",
        aliases: &[],
        page: include_str!("regex-injection.md"),
    },
    sinks: &["regex"],
};
