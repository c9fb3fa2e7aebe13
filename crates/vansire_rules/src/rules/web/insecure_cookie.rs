use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "insecure-cookie",
        summary: "A cookie is set without the flags that protect it",
        severity: Severity::Medium,
        cwe: 614,
        owasp: "A05:2021",
        area: "web",
        aliases: &[],
        page: include_str!("insecure-cookie.md"),
    },
    sinks: &[],
};
