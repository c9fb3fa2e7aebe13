use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "pickled-data-loaded",
        summary: "Something is unpickled, wherever it comes from",
        severity: Severity::Low,
        cwe: 502,
        owasp: "A08:2021",
        area: "deserialization",
        aliases: &[],
        page: include_str!("pickled-data-loaded.md"),
    },
    sinks: &[],
};
