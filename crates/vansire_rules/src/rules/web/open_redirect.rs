use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "open-redirect",
        summary: "User input decides to which site the browser is sent",
        severity: Severity::Medium,
        cwe: 601,
        owasp: "A01:2021",
        area: "web",
        aliases: &[],
        page: include_str!("open-redirect.md"),
    },
    sinks: &["redirect"],
};
