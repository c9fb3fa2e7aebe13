//! The memory allocator of the binary, and how it is set up.
//!
//! The analysis allocates many small values on all threads; mimalloc serves these faster than what
//! the systems bring. This is the only crate with unsafe code, and the only unsafe code in it is
//! the call that sets an option.

use std::ffi::c_int;

pub use mimalloc::MiMalloc;

/// `mi_option_purge_delay` in mimalloc's `mi_option_e` of version 2.
const PURGE_DELAY: c_int = 15;

/// Keeps freed memory instead of giving it back to the system, until the process ends.
///
/// A run grows to its largest size and ends. Memory that is given back on the way is asked for
/// again a moment later, and the system clears it each time: 9 % of the time of a large scan.
pub fn keep_freed_memory() {
    // SAFETY: the function only stores a number in mimalloc's table of options, under an index that is checked there.
    #[allow(unsafe_code)]
    unsafe {
        libmimalloc_sys::mi_option_set(PURGE_DELAY, -1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In another version the number may be that of another option: by default this one is 10 milliseconds.
    #[test]
    fn the_option_is_the_delay() {
        #[allow(unsafe_code)]
        // SAFETY: reads a number from mimalloc's table of options.
        let value = || unsafe { libmimalloc_sys::mi_option_get(PURGE_DELAY) };
        assert_eq!(value(), 10);
        keep_freed_memory();
        assert_eq!(value(), -1);
    }
}
