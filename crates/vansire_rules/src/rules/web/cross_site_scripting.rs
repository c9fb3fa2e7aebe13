use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "cross-site-scripting",
        summary: "User input reaches a page as HTML",
        severity: Severity::High,
        cwe: 79,
        owasp: "A03:2021",
        area: "web",
        aliases: &["B308", "S308", "B703", "S703", "B704", "S704"],
        page: include_str!("cross-site-scripting.md"),
    },
    sinks: &["html"],
};
