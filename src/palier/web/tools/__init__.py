"""Pages of tools: what feeds the hub, the tokens they speak with, the fields a company adds."""
