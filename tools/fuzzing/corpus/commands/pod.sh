iptables -t nat -N APP
iptables -t nat -A APP -p udp --dport 53 -m owner ! --gid-owner 1337 -j REDIRECT --to-port 15053
ip6tables -w 30 -t raw -A OUTPUT -p udp --sport 15053 -j CT --zone 1
iptables -t nat -I OUTPUT 1 -j APP
iptables -t filter -P INPUT DROP
iptables-restore --noflush
* nat
-N OTHER
-A OTHER -i eth+ -j ACCEPT
COMMIT
