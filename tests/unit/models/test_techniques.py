"""Names of ATT&CK techniques."""

from __future__ import annotations

from jupyterlab_sentinel.models.techniques import titled


def test_names() -> None:
    assert titled("T1105") == "T1105 Ingress Tool Transfer"
    assert titled("T1059.004") == "T1059.004 Unix Shell"
    # For control systems, and one that ATT&CK has withdrawn.
    assert titled("T0800") == "T0800 Activate Firmware Update Mode"
    assert titled("T1086") == "T1086 PowerShell"


def test_what_is_no_technique_stays_as_it_is() -> None:
    for text in ("T9999", "T1059<script>", "", "# Names", "t1105"):
        assert titled(text) == text
