use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "cleartext-transport",
        summary: "Credentials or data go over the network unencrypted",
        severity: Severity::Medium,
        cwe: 319,
        owasp: "A02:2021",
        area: "transport",
        aliases: &["B321", "S321", "B312", "S312"],
        page: include_str!("cleartext-transport.md"),
    },
    sinks: &[],
};
