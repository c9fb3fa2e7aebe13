use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "mail-header-injection",
        summary: "User input with line breaks becomes part of a mail header",
        severity: Severity::Medium,
        cwe: 93,
        owasp: "A03:2021",
        area: "injection",
        aliases: &[],
        page: include_str!("mail-header-injection.md"),
    },
    sinks: &["mail"],
};
