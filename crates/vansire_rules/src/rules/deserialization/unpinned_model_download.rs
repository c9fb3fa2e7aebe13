use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "unpinned-model-download",
        summary: "A model or data set is downloaded in whatever version there is",
        severity: Severity::Low,
        cwe: 494,
        owasp: "A08:2021",
        area: "deserialization",
        aliases: &["B615", "S615"],
        page: include_str!("unpinned-model-download.md"),
    },
    sinks: &[],
};
