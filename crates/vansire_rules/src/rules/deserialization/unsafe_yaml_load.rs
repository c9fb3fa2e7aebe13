use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "unsafe-yaml-load",
        summary: "YAML is read with a loader that can build any object",
        severity: Severity::High,
        cwe: 502,
        owasp: "A08:2021",
        area: "deserialization",
        aliases: &["B506", "S506", "DUO109"],
        page: include_str!("unsafe-yaml-load.md"),
    },
    sinks: &[],
};
