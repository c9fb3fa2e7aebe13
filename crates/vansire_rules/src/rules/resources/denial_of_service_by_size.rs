use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "denial-of-service-by-size",
        summary: "User input decides how much is allocated, repeated or waited for",
        severity: Severity::Medium,
        cwe: 770,
        owasp: "A04:2021",
        area: "resources",
        aliases: &[],
        page: include_str!("denial-of-service-by-size.md"),
    },
    sinks: &["size"],
};
