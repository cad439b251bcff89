/// What pages of runs look like: light, dark, on paper and on a phone.
enum PageStyle {
  static let css = """
    :root{--page:#f6f8fa;--card:#fff;--text:#1b1f24;--muted:#57606a;--rule:#d8dee4}
    @media (prefers-color-scheme:dark){:root{--page:#010409;--card:#0d1117;--text:#e6edf3;--muted:#9aa4ae;--rule:#30363d}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
    main{max-width:1120px;margin:0 auto;padding:32px 24px 48px}
    h1{font-size:26px;line-height:1.2;margin:0 0 8px;letter-spacing:-.01em}
    h2{font-size:17px;margin:36px 0 12px}
    .summary{margin:0;max-width:80ch;color:var(--muted)}
    code{font:0.92em ui-monospace,"SF Mono",Menlo,"DejaVu Sans Mono",monospace;color:var(--text)}
    .tiles{display:flex;flex-wrap:wrap;gap:12px;margin-top:20px}
    .tile{flex:1 1 160px;background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:12px 16px}
    .tile span{display:block}
    .tile .label,.tile .from{color:var(--muted);font-size:13px;overflow-wrap:anywhere}
    .tile .value{font-size:26px;font-weight:650;line-height:1.25;font-variant-numeric:tabular-nums}
    .charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr));gap:12px}
    figure{margin:0;background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:8px 4px 4px;break-inside:avoid}
    figure svg{display:block;width:100%;height:auto}
    table{width:100%;border-collapse:collapse;background:var(--card);border:1px solid var(--rule);font-size:14px}
    th,td{text-align:left;vertical-align:top;padding:8px 12px;border-top:1px solid var(--rule)}
    th{color:var(--muted);font-weight:600;font-size:13px}
    .text{white-space:pre-wrap;overflow-wrap:anywhere}
    .samples .text{font:13px/1.5 ui-monospace,"SF Mono",Menlo,"DejaVu Sans Mono",monospace}
    .reward{display:block;color:var(--muted);font-size:12px;font-variant-numeric:tabular-nums}
    .muted{color:var(--muted)}
    tr{break-inside:avoid}
    footer{margin-top:36px;color:var(--muted);font-size:13px}
    @media print{:root{--page:#fff;--card:#fff;--text:#1b1f24;--muted:#57606a;--rule:#d8dee4}main{padding:0;max-width:none}\
    body{font-size:12px}.charts{grid-template-columns:1fr 1fr}}
    """
}
