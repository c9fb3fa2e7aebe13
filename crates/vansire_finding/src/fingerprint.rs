use xxhash_rust::xxh3::xxh3_128;

/// The identity of a finding across edits: hashed from the rule, the path, the qualified name of the
/// enclosing function, the text of the line without its white space, and the number of earlier
/// findings in that file for which all of these are the same. Line numbers don't enter, so that
/// edits elsewhere in the file leave it alone.
///
/// Returns 32 hexadecimal digits.
pub fn fingerprint(rule: &str, path: &str, scope: &str, line: &str, occurrence: usize) -> String {
    let squeezed: String = line.chars().filter(|character| !character.is_whitespace()).collect();
    let text = format!("{rule}\0{path}\0{scope}\0{squeezed}\0{occurrence}");
    format!("{:032x}", xxh3_128(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    #[test]
    fn ignores_white_space_and_sees_everything_else() {
        let base = fingerprint("weak-hash", "a.py", "f", "x = md5(y)", 0);
        assert_eq!(base, fingerprint("weak-hash", "a.py", "f", "    x  = md5( y )", 0));
        assert_ne!(base, fingerprint("weak-hash", "a.py", "f", "x = md5(z)", 0));
        assert_ne!(base, fingerprint("weak-hash", "a.py", "g", "x = md5(y)", 0));
        assert_ne!(base, fingerprint("weak-hash", "a.py", "f", "x = md5(y)", 1));
    }
}
