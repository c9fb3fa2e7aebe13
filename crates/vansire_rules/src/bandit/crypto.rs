//! Tests of hashes, keys and protocols.

use vansire_finding::{Confidence, Severity};

use super::calls::Site;
use super::literal::Literal;
use super::walk::Checker;

pub const OLD_PROTOCOLS: [&str; 9] = [
    "PROTOCOL_SSLv2",
    "SSLv2_METHOD",
    "SSLv23_METHOD",
    "PROTOCOL_SSLv3",
    "PROTOCOL_TLSv1",
    "SSLv3_METHOD",
    "TLSv1_METHOD",
    "PROTOCOL_TLSv1_1",
    "TLSv1_1_METHOD",
];

/// What counts where no size is given.
const USUAL_SIZE: f64 = 2048.0;

/// Last names of functions that hash.
pub const NAMES: [&str; 4] = ["md4", "md5", "sha", "sha1"];

const WEAK_CRYPT: [&str; 3] = ["METHOD_CRYPT", "METHOD_MD5", "METHOD_BLOWFISH"];

/// Curves, and the bits of their keys.
const CURVES: [(&str, i64); 19] = [
    ("SECT571K1", 571),
    ("SECT571R1", 570),
    ("SECP521R1", 521),
    ("BrainpoolP512R1", 512),
    ("SECT409K1", 409),
    ("SECT409R1", 409),
    ("BrainpoolP384R1", 384),
    ("SECP384R1", 384),
    ("SECT283K1", 283),
    ("SECT283R1", 283),
    ("BrainpoolP256R1", 256),
    ("SECP256K1", 256),
    ("SECP256R1", 256),
    ("SECT233K1", 233),
    ("SECT233R1", 233),
    ("SECP224R1", 224),
    ("SECP192R1", 192),
    ("SECT163K1", 163),
    ("SECT163R2", 163),
];

impl<'a> Checker<'a> {
    pub(super) fn crypto(&mut self, site: &Site<'_, 'a>) {
        self.hashes(site);
        self.protocols(site);
        self.key_size(site);
    }

    fn hashes(&mut self, site: &Site<'_, 'a>) {
        let name = site.name();
        let argument = |index: usize, keyword: &str| {
            if site.arguments.count() > index {
                site.arguments.at(index)
            } else {
                site.arguments.value(keyword)
            }
        };
        if site.has_part("hashlib") {
            let is_weak = if NAMES.contains(&name) {
                true
            } else if name == "new" {
                let hash = argument(0, "name");
                hash.text().is_some_and(|hash| NAMES.iter().any(|weak| weak.eq_ignore_ascii_case(hash)))
            } else {
                false
            };
            let is_for_security = match site.arguments.keyword("usedforsecurity") {
                None => true,
                Some(value) => Literal::of_argument(value).is("True"),
            };
            if is_weak && is_for_security {
                let message = "A weak hash function is used";
                self.report_call(site, "B324", Severity::High, Confidence::High, None, message);
            }
        } else if site.has_part("crypt") {
            let method = match name {
                "crypt" => argument(1, "salt"),
                "mksalt" => argument(0, "method"),
                _ => return,
            };
            if method.text().is_some_and(|method| WEAK_CRYPT.contains(&method)) {
                let message = "A weak hash function is used";
                self.report_call(site, "B324", Severity::Medium, Confidence::High, None, message);
            }
        }
    }

    fn protocols(&mut self, site: &Site<'_, 'a>) {
        let old = &self.options.old_protocols;
        let is_old = |keyword: &str| {
            site.arguments.value(keyword).text().is_some_and(|text| old.iter().any(|one| one == text))
        };
        let message = "An old protocol that is broken is allowed";
        match site.full.as_str() {
            "ssl.wrap_socket" => {
                if is_old("ssl_version") {
                    let keyword = Some("ssl_version");
                    self.report_call(site, "B502", Severity::High, Confidence::High, keyword, message);
                }
                if site.arguments.value("ssl_version") == Literal::Nothing {
                    let message = "No protocol is named: old ones are allowed";
                    let keyword = Some("ssl_version");
                    self.report_call(site, "B504", Severity::Low, Confidence::Medium, keyword, message);
                }
            }
            "pyOpenSSL.SSL.Context" => {
                if is_old("method") {
                    let keyword = Some("method");
                    self.report_call(site, "B502", Severity::High, Confidence::High, keyword, message);
                }
            }
            _ => {
                if is_old("method") || is_old("ssl_version") {
                    let has_method = site.arguments.keyword("method").is_some();
                    let keyword = Some(if has_method { "method" } else { "ssl_version" });
                    self.report_call(site, "B502", Severity::Medium, Confidence::Medium, keyword, message);
                }
            }
        }
    }

    fn key_size(&mut self, site: &Site<'_, 'a>) {
        let given = |keyword: &str, index: usize| {
            let value = site.arguments.value(keyword);
            if value.is_true() { value } else { site.arguments.at(index) }
        };
        let Some([dsa, rsa, curves]) = self.options.key_sizes else { return };
        let asymmetric = site.full.strip_prefix("cryptography.hazmat.primitives.asymmetric.");
        let (size, weak) = match (asymmetric, site.full.as_str()) {
            (Some("dsa.generate_private_key"), _) => (given("key_size", 0), dsa),
            (Some("rsa.generate_private_key"), _) => (given("key_size", 1), rsa),
            (Some("ec.generate_private_key"), _) => {
                let curve = given("curve", 0);
                let name = curve.text();
                let size =
                    CURVES.iter().find(|(curve, _)| Some(*curve) == name).map_or(224, |(_, size)| *size);
                (Literal::Integer(size), curves)
            }
            (_, "Crypto.PublicKey.DSA.generate" | "Cryptodome.PublicKey.DSA.generate") => {
                (given("bits", 0), dsa)
            }
            (_, "Crypto.PublicKey.RSA.generate" | "Cryptodome.PublicKey.RSA.generate") => {
                (given("bits", 0), rsa)
            }
            _ => return,
        };
        let size = match size {
            Literal::Integer(0) | Literal::Nothing => USUAL_SIZE,
            Literal::Integer(size) => size as f64,
            Literal::Float(size) => size,
            _ => return,
        };
        let severity = if size < weak.high as f64 {
            Severity::High
        } else if size < weak.medium as f64 {
            Severity::Medium
        } else {
            return;
        };
        let message = format!("A key of {size} bits can be broken");
        self.report_call(site, "B505", severity, Confidence::High, None, &message);
    }
}
