"""What the experiments share: tables with provenance, pages with generated texts, one style of figures."""
