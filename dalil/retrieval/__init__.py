"""From a question to ranked passages: two legs, one fusion, one rescoring by the best sentence."""
