use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "cookie-injection",
        summary: "User input can add attributes to a cookie or cookies to an answer",
        severity: Severity::Medium,
        cwe: 141,
        owasp: "A03:2021",
        area: "web",
        aliases: &[],
        page: include_str!("cookie-injection.md"),
    },
    sinks: &["cookie"],
};
