//! How much memory the process has.

/// Resident memory in MiB, or 0 where the system does not say.
pub(crate) fn resident_mib() -> u64 {
    status_kib("VmRSS:") / 1024
}

/// The highest resident memory that the process has had, in KiB, or 0 where the system does not say.
pub(crate) fn resident_peak_kib() -> u64 {
    status_kib("VmHWM:")
}

fn status_kib(what: &str) -> u64 {
    std::fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| {
            let line = status.lines().find(|line| line.starts_with(what))?;
            line.split_whitespace().nth(1)?.parse().ok()
        })
        .unwrap_or(0)
}
