use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "decompression-bomb",
        summary: "User input is decompressed without a limit",
        severity: Severity::Medium,
        cwe: 409,
        owasp: "A04:2021",
        area: "resources",
        aliases: &[],
        page: include_str!("decompression-bomb.md"),
    },
    sinks: &["decompress"],
};
