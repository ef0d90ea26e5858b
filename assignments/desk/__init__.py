"""What the reading desk shows: queues, one paper with its answers, and who reads what. Writing is `services`."""
