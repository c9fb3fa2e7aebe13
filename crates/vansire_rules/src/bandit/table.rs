//! Bandit's tests: ids, names, and the rules of ours that speak of the same thing.

use std::collections::HashMap;
use std::sync::LazyLock;

/// One of Bandit's tests.
#[derive(Debug)]
pub struct Test {
    /// `B602`
    pub id: &'static str,
    /// As `# nosec` and configuration files may call it.
    pub name: &'static str,
    /// The rule under which we report it.
    pub rule: &'static str,
}

const fn of(id: &'static str, name: &'static str, rule: &'static str) -> Test {
    Test { id, name, rule }
}

/// Every test of Bandit 1.9.
pub static TESTS: &[Test] = &[
    of("B101", "assert_used", "assert-used"),
    of("B102", "exec_used", "code-injection"),
    of("B103", "set_bad_file_permissions", "world-writable-file"),
    of("B104", "hardcoded_bind_all_interfaces", "binding-all-interfaces"),
    of("B105", "hardcoded_password_string", "hardcoded-secret"),
    of("B106", "hardcoded_password_funcarg", "hardcoded-secret"),
    of("B107", "hardcoded_password_default", "hardcoded-secret"),
    of("B108", "hardcoded_tmp_directory", "predictable-temporary-file"),
    of("B110", "try_except_pass", "exception-swallowed"),
    of("B112", "try_except_continue", "exception-swallowed"),
    of("B113", "request_without_timeout", "request-without-timeout"),
    of("B201", "flask_debug_true", "flask-debug-enabled"),
    of("B202", "tarfile_unsafe_members", "archive-extraction-without-filter"),
    of("B301", "pickle", "unsafe-deserialization"),
    of("B302", "marshal", "unsafe-deserialization"),
    of("B303", "md5", "weak-hash"),
    of("B304", "ciphers", "weak-cipher"),
    of("B305", "cipher_modes", "weak-cipher"),
    of("B306", "mktemp_q", "insecure-temporary-file"),
    of("B307", "eval", "code-injection"),
    of("B308", "mark_safe", "cross-site-scripting"),
    of("B310", "urllib_urlopen", "server-side-request-forgery"),
    of("B311", "random", "weak-randomness"),
    of("B312", "telnetlib", "cleartext-transport"),
    of("B313", "xml_bad_cElementTree", "xml-external-entity"),
    of("B314", "xml_bad_ElementTree", "xml-external-entity"),
    of("B315", "xml_bad_expatreader", "xml-external-entity"),
    of("B316", "xml_bad_expatbuilder", "xml-external-entity"),
    of("B317", "xml_bad_sax", "xml-external-entity"),
    of("B318", "xml_bad_minidom", "xml-external-entity"),
    of("B319", "xml_bad_pulldom", "xml-external-entity"),
    of("B321", "ftplib", "cleartext-transport"),
    of("B323", "unverified_context", "tls-verification-disabled"),
    of("B324", "hashlib_insecure_functions", "weak-hash"),
    of("B401", "import_telnetlib", "cleartext-transport"),
    of("B402", "import_ftplib", "cleartext-transport"),
    of("B403", "import_pickle", "unsafe-deserialization"),
    of("B404", "import_subprocess", "command-injection"),
    of("B405", "import_xml_etree", "xml-external-entity"),
    of("B406", "import_xml_sax", "xml-external-entity"),
    of("B407", "import_xml_expat", "xml-external-entity"),
    of("B408", "import_xml_minidom", "xml-external-entity"),
    of("B409", "import_xml_pulldom", "xml-external-entity"),
    of("B411", "import_xmlrpclib", "xml-external-entity"),
    of("B412", "import_httpoxy", "cgi-proxy-header"),
    of("B413", "import_pycrypto", "deprecated-cryptography-library"),
    of("B415", "import_pyghmi", "cleartext-transport"),
    of("B501", "request_with_no_cert_validation", "tls-verification-disabled"),
    of("B502", "ssl_with_bad_version", "weak-tls-version"),
    of("B503", "ssl_with_bad_defaults", "weak-tls-version"),
    of("B504", "ssl_with_no_version", "weak-tls-version"),
    of("B505", "weak_cryptographic_key", "weak-key-size"),
    of("B506", "yaml_load", "unsafe-yaml-load"),
    of("B507", "ssh_no_host_key_verification", "ssh-host-key-not-verified"),
    of("B508", "snmp_insecure_version", "cleartext-transport"),
    of("B509", "snmp_weak_cryptography", "cleartext-transport"),
    of("B601", "paramiko_calls", "command-injection"),
    of("B602", "subprocess_popen_with_shell_equals_true", "command-injection"),
    of("B603", "subprocess_without_shell_equals_true", "argument-injection"),
    of("B604", "any_other_function_with_shell_equals_true", "command-injection"),
    of("B605", "start_process_with_a_shell", "command-injection"),
    of("B606", "start_process_with_no_shell", "argument-injection"),
    of("B607", "start_process_with_partial_path", "argument-injection"),
    of("B608", "hardcoded_sql_expressions", "sql-injection"),
    of("B609", "linux_commands_wildcard_injection", "argument-injection"),
    of("B610", "django_extra_used", "sql-injection"),
    of("B611", "django_rawsql_used", "sql-injection"),
    of("B612", "logging_config_insecure_listen", "code-injection"),
    of("B613", "trojansource", "bidirectional-characters"),
    of("B614", "pytorch_load", "unsafe-model-load"),
    of("B615", "huggingface_unsafe_download", "unpinned-model-download"),
    of("B701", "jinja2_autoescape_false", "template-autoescape-disabled"),
    of("B702", "use_of_mako_templates", "template-autoescape-disabled"),
    of("B703", "django_mark_safe", "cross-site-scripting"),
    of("B704", "markupsafe_markup_xss", "cross-site-scripting"),
];

/// The test of that id, or of that name; both as Bandit writes them.
pub fn test(id_or_name: &str) -> Option<&'static Test> {
    static BY_NAME: LazyLock<HashMap<&'static str, &'static Test>> = LazyLock::new(|| {
        // Where an id and a name are alike, the id counts.
        let names = TESTS.iter().map(|test| (test.name, test));
        names.chain(TESTS.iter().map(|test| (test.id, test))).collect()
    });
    BY_NAME.get(id_or_name).copied()
}

/// Tests that Bandit had once, and why it has them no more.
pub static REMOVED: &[(&str, &str)] = &[
    ("B109", "it was about settings of OpenStack"),
    ("B111", "it was about OpenStack's `run_as_root`"),
    ("B309", "`HTTPSConnection` verifies certificates since Python 3.4.3"),
    ("B320", "`lxml` resolves no entities from elsewhere since version 5"),
    ("B322", "`input` evaluates nothing since Python 3"),
    ("B325", "`os.tempnam` is gone since Python 3"),
    ("B410", "`lxml` resolves no entities from elsewhere since version 5"),
    ("B414", "PyCryptodome is maintained"),
];

/// Why Bandit has removed a test, by its id in any case.
pub fn removed(id: &str) -> Option<&'static str> {
    REMOVED.iter().find(|(one, _)| one.eq_ignore_ascii_case(id)).map(|(_, why)| *why)
}
