use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "permissive-cors",
        summary: "Pages of any site may read answers that are meant for a signed-in user",
        severity: Severity::Medium,
        cwe: 942,
        owasp: "A05:2021",
        area: "web",
        aliases: &[],
        page: include_str!("permissive-cors.md"),
    },
    sinks: &["origin"],
};
