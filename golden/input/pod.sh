# A pod's network namespace with the rules of an earlier deployment: port 3307 excluded, 11211 not yet.
ip link set lo up
ip link add eth0 type veth peer name peer0
ip address add 10.244.1.5/24 dev eth0
ip link set eth0 up
bypass-plan rules --istio-version 1.31 --exclude-ports 3307 -o restore | iptables-restore
bypass-plan audit --exclude-ports 3307,11211
