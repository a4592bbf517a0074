"""Every port in memory, stateful and as strict as the AWS adapters: the simulator works on them."""
