use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "archive-path-traversal",
        summary: "Names of an archive's members are used as paths, and can lead out of the folder",
        severity: Severity::High,
        cwe: 22,
        owasp: "A01:2021",
        area: "files",
        aliases: &["DUO112"],
        page: include_str!("archive-path-traversal.md"),
    },
    sinks: &["archive"],
};
